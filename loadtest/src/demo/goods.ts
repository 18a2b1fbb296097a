/** What is bought where: descriptions of payments. A name that is not here sells things that nobody describes. */
const goods: Readonly<Record<string, readonly string[]>> = {
  'Corner Bakery': ['Rye bread, two croissants', 'Birthday cake', 'Rolls for the office', 'Coffee and a slice of tart'],
  'Blue Door Books': ['Two paperbacks', 'Atlas of rivers, second hand', 'Gift card', 'Children\u2019s books'],
  'City Cycles': ['Bike rental, one day', 'Puncture repair', 'Brake pads and labour', 'Cargo bike, weekend'],
  'Green Grocer': ['Vegetable box', 'Weekly shop', 'Apples and pears', 'Herbs and lemons'],
  'Hotel Aurora': ['Room 214, two nights', 'Room 7, one night', 'Breakfast for two', 'Conference room, half a day'],
  'Night Train Cinema': ['Two seats, row F', 'Matinee, four seats', 'Season ticket'],
  'Baltic Flour Mill': ['Wheat flour, 40 sacks', 'Rye flour, 12 sacks', 'Spelt, trial order'],
  'North Sea Logistics': ['Pallets to Hamburg', 'Cold storage, week', 'Customs clearance'],
  'Paper & Ink Wholesale': ['Receipt rolls', 'Packaging, mixed', 'Posters, A2'],
  'Sunline Energy': ['Electricity, month', 'Heating, month'],
  'Harbor Coffee': ['Flat white and bagel', 'Beans, one pound', 'Catering, 12 people'],
  'Main Street Hardware': ['Drill, rental', 'Paint and brushes', 'Keys cut'],
  'Prairie Outfitters': ['Hiking boots', 'Tent, two persons', 'Rain jacket'],
  'Great Lakes Freight': ['Container, Chicago', 'Express parcel'],
  'Kingfisher Tea Rooms': ['Cream tea for two', 'Loose leaf, 250 g', 'Private room, deposit'],
  'The Old Record Shop': ['Three LPs', 'Turntable service', 'Pre-order'],
  'Pennine Packaging': ['Cartons, 500', 'Tape and labels'],
  'Sakura Ramen': ['Shoyu ramen, gyoza', 'Table for six', 'Lunch set'],
  'Kyoto Stationery': ['Fountain pen', 'Notebooks, five', 'Washi paper'],
  'Osaka Foods': ['Noodles, weekly order', 'Soy sauce, 20 l'],
};

export function goodsOf(seller: string, n: number): string | null {
  const sold = goods[seller];
  return sold?.[n % sold.length] ?? null;
}
